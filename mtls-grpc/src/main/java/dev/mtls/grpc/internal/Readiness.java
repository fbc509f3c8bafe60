package dev.mtls.grpc.internal;

import io.grpc.Attributes;
import io.grpc.Grpc;
import javax.net.ssl.SSLSession;

/**
 * Tells the channel of a connection when gRPC has come to use it. The channel knows no such moment, and gRPC, which does, knows no
 * channel; both know the TLS session.
 */
public final class Readiness {
    private static final String ACTION = "dev.mtls.grpc.ready";

    private Readiness() {}

    /** Has the action run when gRPC uses the connection of the session. */
    public static void whenReady(SSLSession session, Runnable action) {
        session.putValue(ACTION, action);
    }

    /** The connection with these attributes is ready. Called on the thread of its channel. */
    public static void ready(Attributes transport) {
        SSLSession session = transport.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        if (session != null && session.getValue(ACTION) instanceof Runnable ready) {
            session.removeValue(ACTION);
            ready.run();
        }
    }
}
