package dev.mtls.jetty;

import dev.mtls.tls.PeerIdentity;
import java.security.Principal;
import org.eclipse.jetty.server.Request;

/**
 * The client as principal; its name is the SPIFFE ID.
 *
 * @param peer the client
 */
record PeerPrincipal(PeerIdentity peer) implements Principal {
    private static final boolean SERVLETS = isPresent("org.eclipse.jetty.security.AuthenticationState");

    private static boolean isPresent(String type) {
        try {
            Class.forName(type, false, PeerPrincipal.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /** What says so in a request. Servlets ask Jetty's security module, which is on the class path with them. */
    static Request.AuthenticationState authentication(PeerIdentity peer) {
        PeerPrincipal principal = new PeerPrincipal(peer);
        return SERVLETS
                ? new PeerAuthentication(principal)
                : new Request.AuthenticationState() {
                    @Override
                    public Principal getUserPrincipal() {
                        return principal;
                    }
                };
    }

    @Override
    public String getName() {
        return peer.id().toString();
    }

    @Override
    public String toString() {
        return getName();
    }
}
