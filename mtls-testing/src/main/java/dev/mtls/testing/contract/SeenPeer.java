package dev.mtls.testing.contract;

import dev.mtls.identity.SpiffeId;
import dev.mtls.tls.PeerIdentity;
import java.math.BigInteger;

/**
 * A peer as one side saw it. As text, for a server to answer with: {@code spiffe://test/client 3f6a…}.
 *
 * <pre>{@code
 * response.write(SeenPeer.of(peer).toString());
 * }</pre>
 *
 * @param id its SPIFFE ID
 * @param serialNumber the serial number of its leaf
 */
public record SeenPeer(SpiffeId id, BigInteger serialNumber) {
    /** What matters here of the peer. */
    public static SeenPeer of(PeerIdentity peer) {
        return new SeenPeer(peer.id(), peer.leaf().getSerialNumber());
    }

    /**
     * Reads what {@link #toString()} wrote.
     *
     * @throws IllegalArgumentException if it did not
     */
    public static SeenPeer parse(String text) {
        int space = text.indexOf(' ');
        if (space < 0) {
            throw new IllegalArgumentException(
                    "text: \"" + text + "\" (expected: a SPIFFE ID, a space, a serial number)");
        }
        return new SeenPeer(
                SpiffeId.parse(text.substring(0, space)),
                new BigInteger(text.substring(space + 1).trim(), 16));
    }

    @Override
    public String toString() {
        return id + " " + serialNumber.toString(16);
    }
}
