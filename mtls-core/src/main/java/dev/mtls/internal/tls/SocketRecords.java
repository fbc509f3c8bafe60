package dev.mtls.internal.tls;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/**
 * Runs an engine over the streams of a plain socket: the handshake, reading and writing.
 *
 * <p>One thread may read while another writes. Each direction has a lock, as in every TLS socket, since records must not interleave;
 * where both are needed, that of reading is taken first. {@link MtlsEngine#sever} and closing the plain socket take neither.
 */
final class SocketRecords {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** What an engine may still have to say before its close_notify; it says it, or it never will. */
    private static final int MAX_CLOSING_RECORDS = 4;

    private final MtlsEngine engine;
    private final Socket socket;
    private final ReentrantLock reading = new ReentrantLock();
    private final ReentrantLock writing = new ReentrantLock();

    /** What came from the network and has not been unwrapped: guarded by {@link #reading}, as is {@link #application}. */
    private ByteBuffer received;

    /** What has been unwrapped and not been read; ready to be read from. */
    private ByteBuffer application;

    /** Guarded by {@link #writing}. */
    private ByteBuffer sending;

    private boolean endOfInput;
    private volatile boolean handshaken;

    SocketRecords(MtlsEngine engine, Socket socket) {
        this.engine = engine;
        this.socket = socket;
        int packet = engine.getSession().getPacketBufferSize();
        received = ByteBuffer.allocate(packet);
        application = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize())
                .limit(0);
        sending = ByteBuffer.allocate(packet);
    }

    boolean isHandshaken() {
        return handshaken;
    }

    /** Runs the handshake, if it has not been run. */
    void handshake() throws IOException {
        if (handshaken) {
            return;
        }
        reading.lock();
        writing.lock();
        try {
            if (!handshaken) {
                engine.beginHandshake();
                runHandshake();
                handshaken = true;
            }
        } catch (SSLException e) {
            sendAlert();
            throw e;
        } finally {
            writing.unlock();
            reading.unlock();
        }
    }

    private void runHandshake() throws IOException {
        while (engine.peer() == null) {
            HandshakeStatus status = engine.getHandshakeStatus();
            switch (status) {
                case NEED_TASK -> runTasks();
                case NEED_WRAP -> wrap(NOTHING);
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    unwrapOne();
                    if (endOfInput) {
                        throw new SSLHandshakeException("the peer closed the connection during the handshake");
                    }
                }
                default -> throw new SSLHandshakeException("the handshake stopped in state " + status);
            }
        }
    }

    private void runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    /** After a failure the engine may have an alert to tell the peer why; the failure counts, not whether this succeeds. */
    private void sendAlert() {
        writing.lock();
        try {
            wrapTheRest();
        } catch (IOException e) {
            return;
        } finally {
            writing.unlock();
        }
    }

    int read(byte[] bytes, int offset, int length) throws IOException {
        handshake();
        reading.lock();
        try {
            while (!application.hasRemaining()) {
                if (endOfInput) {
                    return -1;
                }
                unwrapOne();
            }
            // What was decrypted before a cut is not handed out after it.
            engine.checkOpen();
            int count = Math.min(length, application.remaining());
            application.get(bytes, offset, count);
            return count;
        } finally {
            reading.unlock();
        }
    }

    int available() {
        if (!reading.tryLock()) {
            return 0;
        }
        try {
            return application.remaining();
        } finally {
            reading.unlock();
        }
    }

    /** Whether something has arrived that was not read; false while another thread reads. */
    boolean hasUnreadInput() throws IOException {
        if (!reading.tryLock()) {
            return false;
        }
        try {
            return endOfInput
                    || application.hasRemaining()
                    || received.position() > 0
                    || socket.getInputStream().available() > 0;
        } finally {
            reading.unlock();
        }
    }

    /** Unwraps one record, for which it may have to read from the network. Only called where nothing unwrapped is left. */
    private void unwrapOne() throws IOException {
        SSLEngineResult result;
        received.flip();
        application.clear();
        try {
            result = engine.unwrap(received, application);
        } catch (SSLException e) {
            sendAlert();
            throw e;
        } finally {
            application.flip();
            received.compact();
        }
        if (result.getStatus() == Status.BUFFER_UNDERFLOW) {
            fill();
            return;
        }
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            application = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize() + application.capacity())
                    .limit(0);
            return;
        }
        if (result.getStatus() == Status.CLOSED) {
            endOfInput = true;
        }
        afterRecord();
    }

    /** TLS 1.3 sends messages after the handshake too: a request for a key update wants an answer. */
    private void afterRecord() throws IOException {
        if (!handshaken) {
            return;
        }
        while (true) {
            HandshakeStatus status = engine.getHandshakeStatus();
            if (status == HandshakeStatus.NEED_TASK) {
                runTasks();
            } else if (status == HandshakeStatus.NEED_WRAP && !endOfInput) {
                writing.lock();
                try {
                    wrap(NOTHING);
                } finally {
                    writing.unlock();
                }
            } else {
                return;
            }
        }
    }

    private void fill() throws IOException {
        if (!received.hasRemaining()) {
            received = ByteBuffer.allocate(engine.getSession().getPacketBufferSize() + received.capacity())
                    .put(received.flip());
        }
        int count = receive();
        if (count < 0) {
            endOfInput = true;
            if (handshaken) {
                lost();
                // Anybody on the way can end a TCP connection: only close_notify says that the peer did (RFC 8446
                // §6.1).
                throw new EOFException(
                        "the peer closed the connection without close_notify; what was read may be incomplete");
            }
            return;
        }
        received.position(received.position() + count);
    }

    private int receive() throws IOException {
        InputStream in = socket.getInputStream();
        try {
            return in.read(received.array(), received.position(), received.remaining());
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            lost();
            throw e;
        }
    }

    private void send() throws IOException {
        OutputStream out = socket.getOutputStream();
        try {
            out.write(sending.array(), 0, sending.position());
        } catch (IOException e) {
            lost();
            throw e;
        }
    }

    /** The network has ended the connection, whether or not the socket will ever be closed. */
    private void lost() {
        engine.closeOutbound();
        try {
            engine.closeInbound();
        } catch (SSLException e) {
            // There was no close_notify, which the caller knows.
            return;
        }
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        handshake();
        ByteBuffer source = ByteBuffer.wrap(bytes, offset, length);
        writing.lock();
        try {
            while (source.hasRemaining()) {
                if (wrap(source) == Status.CLOSED) {
                    engine.checkOpen();
                    throw new SSLException("the connection is closed for writing");
                }
            }
        } finally {
            writing.unlock();
        }
    }

    /** Wraps and sends one record; the caller holds {@link #writing}. */
    private Status wrap(ByteBuffer source) throws IOException {
        SSLEngineResult result;
        while (true) {
            sending.clear();
            result = engine.wrap(source, sending);
            if (result.getStatus() != Status.BUFFER_OVERFLOW) {
                break;
            }
            sending = ByteBuffer.allocate(engine.getSession().getPacketBufferSize() + sending.capacity());
        }
        if (sending.position() > 0) {
            send();
        }
        return result.getStatus();
    }

    /** Says goodbye, unless another thread is writing just now: it may be stuck, and closing must not be. */
    void closeOutbound() throws IOException {
        engine.closeOutbound();
        if (!writing.tryLock()) {
            return;
        }
        try {
            wrapTheRest();
        } finally {
            writing.unlock();
        }
    }

    /** Sends what the engine has left to say. Not every provider tells by its handshake status; the caller holds {@link #writing}. */
    private void wrapTheRest() throws IOException {
        for (int i = 0; i < MAX_CLOSING_RECORDS && !engine.isOutboundDone(); i++) {
            wrap(NOTHING);
        }
    }
}
