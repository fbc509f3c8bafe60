package dev.mtls.tls;

/** The TLS implementation to use. None is ever installed into the JVM. */
public enum TlsProvider {
    /** Conscrypt where it is present, its native library loads and it can use the identity; the JDK's provider otherwise. */
    AUTO,
    /** The JDK's provider, SunJSSE. */
    JDK,
    /** Conscrypt; an error where it cannot be used. */
    CONSCRYPT
}
