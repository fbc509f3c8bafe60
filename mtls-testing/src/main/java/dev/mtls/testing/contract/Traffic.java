package dev.mtls.testing.contract;

import dev.mtls.identity.SpiffeId;
import java.time.Duration;

/** An idle connection, a busy download and a busy upload between one client and one server. */
final class Traffic {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ContractClient idle;
    private final ContractClient busy;
    private final ContractClient.Exchange download;
    private final ContractClient.Exchange upload;
    private final ContractServer server;
    private final SpiffeId clientId;

    Traffic(ContractClient idle, ContractClient busy, ContractServer server, SpiffeId clientId) throws Exception {
        this.idle = idle;
        this.busy = busy;
        this.server = server;
        this.clientId = clientId;
        idle.call();
        this.download = busy.download();
        this.upload = busy.upload();
        awaitFlow();
    }

    /** Waits until more has passed in both directions. */
    void awaitFlow() {
        long downloaded = download.downloaded();
        long uploaded = server.uploaded(clientId);
        Eventually.within(
                PATIENCE,
                () -> "more downloaded than " + downloaded + " and more uploaded than " + uploaded + " (seen: " + this
                        + ")",
                () -> download.downloaded() > downloaded && server.uploaded(clientId) > uploaded);
    }

    ContractClient client() {
        return idle;
    }

    /** Whether the client has seen both exchanges end. */
    boolean ended() {
        return download.ended() && upload.ended();
    }

    /** Whether the client has seen one of the exchanges end. */
    boolean disturbed() {
        return download.ended() || upload.ended();
    }

    /** What has passed so far, as text to compare. */
    String passed() {
        return download.downloaded() + " downloaded, " + server.uploaded(clientId) + " uploaded";
    }

    void close() {
        download.close();
        upload.close();
        busy.close();
        idle.close();
    }

    @Override
    public String toString() {
        return "Traffic[" + clientId + ", " + passed() + (disturbed() ? ", ended" : "") + "]";
    }
}
