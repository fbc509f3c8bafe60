package dev.mtls.jetty;

import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.FrameType;
import org.eclipse.jetty.io.EndPoint;

/**
 * Retires a connection when the server says GOAWAY, before Jetty's session refuses new streams: requests on their way to the session at
 * that moment would fail, although nothing of them has been sent.
 */
final class GoAwayListener implements HTTP2Session.FrameListener {
    @Override
    public void onIncomingFrame(Session session, Frame frame) {
        if (frame.getType() != FrameType.GO_AWAY) {
            return;
        }
        EndPoint.SslSessionData tls = ((HTTP2Session) session).getEndPoint().getSslSessionData();
        if (tls != null) {
            Lease.of(tls.sslSession()).ifPresent(lease -> {
                lease.retire();
                lease.awaitSent();
            });
        }
    }
}
