package dev.mtls.testing.contract;

/**
 * Who saw whom in a call.
 *
 * <pre>{@code
 * return new Reply(SeenPeer.of(peerOfTheConnection), SeenPeer.parse(bodyOfTheResponse));
 * }</pre>
 *
 * @param server the server, as the adapter's client API shows it
 * @param client the client, as the adapter's server API shows it
 */
public record Reply(SeenPeer server, SeenPeer client) {}
