package dev.mtls.okhttp;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes idle connections on a thread of its own, which ends when there is nothing to do: saying goodbye writes to the network, and a
 * peer that does not read could hold up whoever does it.
 */
final class Closer {
    private static final Logger log = LoggerFactory.getLogger(Closer.class);
    private static final int KEEP_ALIVE_SECONDS = 1;

    private final Executor executor =
            new ThreadPoolExecutor(0, 1, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                Thread thread = new Thread(task, "mtls-okhttp-closer");
                thread.setDaemon(true);
                return thread;
            });

    void close(Socket socket) {
        executor.execute(() -> {
            try {
                socket.close();
            } catch (IOException e) {
                log.debug("A drained connection ended before it was closed", e);
            }
        });
    }
}
