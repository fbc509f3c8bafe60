package dev.mtls.jetty;

import dev.mtls.failure.PeerVerificationException;
import java.io.IOException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.HttpStream;

/**
 * One request and its response. What Jetty has decrypted and buffered before a cut is not handed to a handler after it: the engine, which
 * lets no more bytes through, would come too late for that.
 */
final class PeerStream extends HttpStream.Wrapper {
    private static final String UPGRADE = HttpHeaderValue.UPGRADE.asString();

    private final ServerConnection connection;

    PeerStream(HttpStream wrapped, ServerConnection connection) {
        super(wrapped);
        this.connection = connection;
    }

    @Override
    public Content.Chunk read() {
        try {
            connection.check();
        } catch (PeerVerificationException e) {
            return Content.Chunk.from(new IOException(e.getMessage(), e), true);
        }
        return super.read();
    }

    /** Called when the response's head is about to be sent, which may be long after the request began. */
    @Override
    public void prepareResponse(HttpFields.Mutable headers) {
        // A WebSocket that has just been agreed on runs until the grace period is over.
        if (connection.endsWithResponse() && !headers.contains(HttpHeader.CONNECTION, UPGRADE)) {
            headers.put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE);
        }
        super.prepareResponse(headers);
    }

    @Override
    public void succeeded() {
        connection.requestEnded();
        super.succeeded();
    }

    @Override
    public void failed(Throwable failure) {
        connection.requestEnded();
        super.failed(failure);
    }
}
