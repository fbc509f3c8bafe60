package dev.mtls.internal.connection;

/** When something is to be done about a connection: drain it, or end it. Sorted by time. */
record Due(long millis, long number, boolean end) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
        int byTime = Long.compare(millis, other.millis);
        if (byTime != 0) {
            return byTime;
        }
        int byNumber = Long.compare(number, other.number);
        return byNumber != 0 ? byNumber : Boolean.compare(end, other.end);
    }
}
