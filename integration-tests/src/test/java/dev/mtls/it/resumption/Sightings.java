package dev.mtls.it.resumption;

import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** What the counterpart has seen of the side under test, call by call. */
final class Sightings {
    private final List<Sighting> all = new CopyOnWriteArrayList<>();

    /**
     * One call.
     *
     * @param serial of the certificate that the other side has according to the TLS session
     * @param clientPort the port of the connection at the client's end
     * @param protocol the TLS version
     */
    record Sighting(BigInteger serial, int clientPort, String protocol) {}

    void add(SSLSession session, int clientPort) {
        try {
            X509Certificate leaf = (X509Certificate) session.getPeerCertificates()[0];
            all.add(new Sighting(leaf.getSerialNumber(), clientPort, session.getProtocol()));
        } catch (SSLPeerUnverifiedException e) {
            throw new IllegalStateException("a call came through without a certificate", e);
        }
    }

    List<Sighting> all() {
        return List.copyOf(all);
    }
}
