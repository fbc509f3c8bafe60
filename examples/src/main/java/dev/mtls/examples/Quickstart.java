package dev.mtls.examples;

/** Placeholder. */
public final class Quickstart {
    private Quickstart() {}

    /** Prints one line. */
    public static void main(String[] args) {
        System.out.println("quickstart: ok");
    }
}
