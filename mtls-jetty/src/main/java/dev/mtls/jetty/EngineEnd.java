package dev.mtls.jetty;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the engine when its connection has ended. Jetty itself closes the engine's outbound side at most; until the garbage collector comes,
 * the connection would look alive, and with Conscrypt hold two file descriptors.
 */
abstract class EngineEnd implements Connection.Listener {
    private static final Logger log = LoggerFactory.getLogger(EngineEnd.class);

    @Override
    public void onClosed(Connection connection) {
        if (connection instanceof SslConnection tls) {
            SSLEngine engine = tls.getSSLEngine();
            engine.closeOutbound();
            try {
                engine.closeInbound();
            } catch (SSLException e) {
                log.trace("The other side closed the connection without a goodbye", e);
            }
        }
    }
}
