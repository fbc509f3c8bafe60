package dev.mtls.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** Two engines that talk to each other in memory. */
public final class EnginePair {
    private static final int SIZE = 64 * 1024;
    private static final int MANY_ROUNDS = 200;

    private final SSLEngine client;
    private final SSLEngine server;
    private final ByteBuffer toServer = ByteBuffer.allocate(SIZE);
    private final ByteBuffer toClient = ByteBuffer.allocate(SIZE);

    public EnginePair(SSLEngine client, SSLEngine server) {
        this.client = client;
        this.server = server;
    }

    /** Runs the handshake until both sides are done with it. */
    public EnginePair handshake() throws SSLException {
        client.beginHandshake();
        server.beginHandshake();
        settle();
        return this;
    }

    /** Lets both sides do what they want to do, until neither wants anything. */
    public void settle() throws SSLException {
        for (int round = 0; round < MANY_ROUNDS; round++) {
            boolean moved = step(client, toServer, toClient) | step(server, toClient, toServer);
            if (!moved) {
                return;
            }
        }
        throw new IllegalStateException("the engines do not come to rest");
    }

    private static boolean step(SSLEngine engine, ByteBuffer out, ByteBuffer in) throws SSLException {
        switch (engine.getHandshakeStatus()) {
            case NEED_TASK:
                for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                    task.run();
                }
                return true;
            case NEED_WRAP:
                int before = out.position();
                engine.wrap(ByteBuffer.allocate(0), out);
                return out.position() > before || engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP;
            default:
                in.flip();
                SSLEngineResult result;
                try {
                    result = engine.unwrap(in, ByteBuffer.allocate(SIZE));
                } finally {
                    in.compact();
                }
                return result.bytesConsumed() > 0;
        }
    }

    /** Ends what the client sends, and lets the server know. */
    public void clientSaysGoodbye() throws SSLException {
        client.closeOutbound();
        send("", client, toServer, server);
    }

    /** Ends what the server sends, and lets the client know. */
    public void serverSaysGoodbye() throws SSLException {
        server.closeOutbound();
        send("", server, toClient, client);
    }

    /** Sends the text from the client to the server and returns what arrives. */
    public String toServer(String text) throws SSLException {
        return send(text, client, toServer, server);
    }

    /** Sends the text from the server to the client and returns what arrives. */
    public String toClient(String text) throws SSLException {
        return send(text, server, toClient, client);
    }

    private static String send(String text, SSLEngine from, ByteBuffer wire, SSLEngine to) throws SSLException {
        from.wrap(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), wire);
        ByteBuffer arrived = ByteBuffer.allocate(SIZE);
        wire.flip();
        try {
            while (wire.hasRemaining()) {
                if (to.unwrap(wire, arrived).getStatus() != SSLEngineResult.Status.OK) {
                    break;
                }
            }
        } finally {
            wire.compact();
        }
        return new String(arrived.array(), 0, arrived.position(), StandardCharsets.UTF_8);
    }
}
