package dev.mtls.jetty;

import javax.security.auth.Subject;
import org.eclipse.jetty.security.AuthenticationState;
import org.eclipse.jetty.security.Authenticator;
import org.eclipse.jetty.security.UserIdentity;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/** The client, as servlets see it: authenticated by its certificate, in no role. */
final class PeerAuthentication implements AuthenticationState.Succeeded {
    private final UserIdentity identity;

    PeerAuthentication(PeerPrincipal principal) {
        Subject subject = new Subject();
        subject.getPrincipals().add(principal);
        subject.setReadOnly();
        this.identity = UserIdentity.from(subject, principal);
    }

    @Override
    public String getAuthenticationType() {
        return Authenticator.CERT_AUTH;
    }

    @Override
    public UserIdentity getUserIdentity() {
        return identity;
    }

    @Override
    public boolean isUserInRole(String role) {
        return false;
    }

    /** Forgets the client for the rest of the request. */
    @Override
    public void logout(Request request, Response response) {
        Request.setAuthenticationState(request, Request.AuthenticationState.NONE);
    }
}
