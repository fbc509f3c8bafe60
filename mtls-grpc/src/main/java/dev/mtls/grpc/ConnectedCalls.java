package dev.mtls.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;

/** Has the calls of a channel know their connections. */
final class ConnectedCalls implements ClientInterceptor {
    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        return new ConnectedCall<>(tracer -> next.newCall(method, options.withStreamTracerFactory(tracer)));
    }
}
