import org.jspecify.annotations.NullMarked;

/** Adapter for Jetty: server and client. */
@NullMarked
module dev.mtls.jetty {
    requires transitive dev.mtls.core;
    requires org.slf4j;
    requires static org.eclipse.jetty.server;
    requires static org.eclipse.jetty.client;
    requires static org.eclipse.jetty.alpn.server;
    requires static org.eclipse.jetty.alpn.client;
    requires static org.eclipse.jetty.http2.server;
    requires static org.eclipse.jetty.http2.client;
    requires static org.eclipse.jetty.http2.client.transport;
    requires static jakarta.servlet;
    requires static org.jspecify;
}
