package dev.mtls.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;

/**
 * Starts calls anew that were given to a connection in the moment of its drain, and of which nothing was sent. gRPC itself does so as
 * long as its retries are enabled, even without a retry policy; with {@code disableRetry()} the call would fail (grpc-java#2562).
 */
final class UnsentCalls implements ClientInterceptor {
    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        return new RestartableCall<>(tracer -> next.newCall(method, options.withStreamTracerFactory(tracer)));
    }
}
