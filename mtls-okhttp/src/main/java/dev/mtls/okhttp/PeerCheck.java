package dev.mtls.okhttp;

import dev.mtls.MtlsClient;
import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.SpiffeId;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks, after the handshake has done so, that the session is one of this library and its peer allowed: should something replace the
 * sockets, this is where it fails. Part of the key of OkHttp's pool, like {@link PeerSockets}.
 */
final class PeerCheck implements HostnameVerifier {
    private static final Logger log = LoggerFactory.getLogger(PeerCheck.class);

    private final MtlsClient client;
    private final @Nullable SpiffeId expected;

    PeerCheck(MtlsClient client, @Nullable SpiffeId expected) {
        this.client = client;
        this.expected = expected;
    }

    @Override
    public boolean verify(String host, SSLSession session) {
        Optional<MtlsConnection> connection = MtlsConnection.find(session);
        if (connection.isEmpty()) {
            log.warn(
                    "Refused a session with {} that is not of this library: {}",
                    host,
                    session.getClass().getName());
            return false;
        }
        try {
            connection.get().check();
        } catch (PeerVerificationException e) {
            log.debug("The peer at {} was refused right after the handshake", host, e);
            return false;
        }
        SpiffeId peer = connection.get().peer().id();
        return (expected == null || expected.equals(peer)) && isAllowed(host, session.getPeerPort(), peer);
    }

    private boolean isAllowed(String host, int port, SpiffeId peer) {
        try {
            return client.decide(host, port, peer).allowed();
        } catch (IllegalArgumentException e) {
            log.debug("No policy applies", e);
            return false;
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PeerCheck that && client == that.client && Objects.equals(expected, that.expected);
    }

    @Override
    public int hashCode() {
        return Objects.hash(System.identityHashCode(client), expected);
    }

    @Override
    public String toString() {
        return "PeerCheck[" + (expected == null ? "any allowed server" : expected) + "]";
    }
}
