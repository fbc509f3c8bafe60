package dev.mtls.identity;

/** The two sides of a connection. */
public enum Role {
    /** The side that opens the connection. */
    CLIENT,
    /** The side that accepts the connection. */
    SERVER;

    /** The other side. */
    public Role peer() {
        return this == CLIENT ? SERVER : CLIENT;
    }
}
