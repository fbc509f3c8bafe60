package dev.mtls.grpc;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.PeerVerificationException;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Optional;

/**
 * Judges the peer afresh before each call, and puts it into the call's context. A refused peer learns the reason's label, no more: the
 * rest is in the log and the events of this side.
 */
final class PeerInterceptor implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        Optional<MtlsConnection> connection =
                MtlsConnection.find(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
        if (connection.isEmpty()) {
            return refuse(call, "not over mutual TLS");
        }
        Optional<PeerVerificationException> refusal = connection.get().refusal();
        if (refusal.isPresent()) {
            return refuse(call, refusal.get().reason().label());
        }
        Context context =
                Context.current().withValue(MtlsGrpc.PEER, connection.get().peer());
        return Contexts.interceptCall(context, call, headers, next);
    }

    private static <Q> ServerCall.Listener<Q> refuse(ServerCall<Q, ?> call, String description) {
        call.close(Status.UNAUTHENTICATED.withDescription(description), new Metadata());
        return new ServerCall.Listener<>() {};
    }
}
