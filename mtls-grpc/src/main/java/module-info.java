import org.jspecify.annotations.NullMarked;

/** Adapter for gRPC over Netty, shaded or not. */
@NullMarked
module dev.mtls.grpc {
    requires transitive dev.mtls.core;
    requires transitive io.grpc;
    requires org.slf4j;
    requires static io.grpc.netty;
    requires static io.grpc.netty.shaded;
    requires static io.netty.buffer;
    requires static io.netty.common;
    requires static io.netty.handler;
    requires static io.netty.transport;
    requires static org.jspecify;

    exports dev.mtls.grpc;
}
