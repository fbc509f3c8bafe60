import org.jspecify.annotations.NullMarked;

/** Adapter for Jetty: server and client. */
@NullMarked
module dev.mtls.jetty {
    requires transitive dev.mtls.core;
    requires transitive org.eclipse.jetty.server;
    requires transitive org.eclipse.jetty.client;
    requires org.eclipse.jetty.alpn.server;
    requires org.eclipse.jetty.alpn.client;
    requires org.eclipse.jetty.http2.server;
    requires org.eclipse.jetty.http2.client;
    requires org.eclipse.jetty.http2.client.transport;
    requires org.slf4j;
    // With servlets only.
    requires static org.eclipse.jetty.security;
    requires static org.jspecify;

    exports dev.mtls.jetty;

    provides org.eclipse.jetty.io.ssl.ALPNProcessor.Server with
            dev.mtls.jetty.internal.ServerAlpnProcessor;
    provides org.eclipse.jetty.io.ssl.ALPNProcessor.Client with
            dev.mtls.jetty.internal.ClientAlpnProcessor;
}
