package dev.mtls.internal.tls;

import dev.mtls.failure.PeerVerificationException;

/** Hears of the life of every engine. Called on the thread that runs the handshake, holding no lock. */
public interface ConnectionObserver {
    /**
     * A handshake has ended well and the peer's chain has been verified. No application byte has passed yet.
     *
     * @return what the engine keeps for its owner, see {@link MtlsEngine#attachment()}
     */
    Object established(MtlsEngine engine);

    /** A handshake has failed. */
    void rejected(MtlsEngine engine, Exception failure);

    /** The peer's identity has ended, and the engine has severed itself. */
    void expired(MtlsEngine engine, PeerVerificationException cause);

    /** An established connection has ended. May be called more than once. */
    void closed(MtlsEngine engine);
}
