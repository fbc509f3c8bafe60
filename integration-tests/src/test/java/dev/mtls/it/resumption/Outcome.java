package dev.mtls.it.resumption;

import java.util.Locale;

/** What became of the connection after the change. */
enum Outcome {
    /** The counterpart was judged afresh, and saw the identity of now. */
    JUDGED,
    /** An earlier session was resumed: nobody was judged, and the counterpart saw the identity from before. */
    RESUMED;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
