package dev.mtls.it.resumption;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.Mtls;
import dev.mtls.MtlsClient;
import dev.mtls.MtlsServer;
import dev.mtls.event.MtlsEvent.HandshakeAccepted;
import dev.mtls.event.MtlsEvent.HandshakeRejected;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SourceUnavailableException;
import dev.mtls.identity.Role;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.testing.RecordedEvents;
import dev.mtls.tls.TlsProfile;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A side with this library. */
final class OurSide extends Side {
    private final RecordedEvents events = new RecordedEvents();
    private final Mtls mtls;
    private final MtlsClient client;
    private final MtlsServer server;

    OurSide(Settings settings) {
        super(settings);
        try {
            mtls = Mtls.builder(source)
                    .clock(clock)
                    .provider(provider)
                    .profile(TlsProfile.november2026().onlyProtocols(protocol))
                    .addListener(events)
                    .build();
        } catch (SourceUnavailableException e) {
            throw new IllegalStateException("the source has published", e);
        }
        client = mtls.client(settings.policy());
        server = mtls.server(settings.policy());
    }

    MtlsClient client() {
        return client;
    }

    MtlsServer server() {
        return server;
    }

    @Override
    void replacePolicy(PeerPolicy policy) {
        if (role == Role.CLIENT) {
            client.replacePolicy(policy);
        } else {
            server.replacePolicy(policy);
        }
    }

    @Override
    SSLContext context() {
        return role == Role.CLIENT ? client.sslContext() : server.sslContext();
    }

    @Override
    void prepare(SSLSocket accepted) {
        assertThat(accepted.getNeedClientAuth()).isTrue();
    }

    @Override
    int judged() {
        return events.of(HandshakeAccepted.class).size()
                + events.of(HandshakeRejected.class).size();
    }

    @Override
    void awaitRefusal(FailureReason reason) {
        try {
            HandshakeRejected rejected =
                    events.await(HandshakeRejected.class, event -> event.reason() == reason && event.role() == role);
            assertThat(rejected.claimedPeer()).contains(Realm.THEIRS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        mtls.close();
    }
}
