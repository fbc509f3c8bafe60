package dev.mtls.grpc.internal;

import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ServerBuilder;
import io.grpc.ServerCredentials;
import java.net.SocketAddress;
import javax.net.ssl.SSLContext;

/** One of the two transports. The classes that implement it are linked only where their framework is present. */
public interface Transport {
    /** A builder of this transport. */
    ManagedChannelBuilder<?> channel(String target);

    /** A builder of this transport. */
    ServerBuilder<?> server(SocketAddress address);

    /** Whether the builder is of this transport. */
    boolean made(ManagedChannelBuilder<?> builder);

    /** Whether the builder is of this transport. */
    boolean made(ServerBuilder<?> builder);

    /** Has the builder's channels take their engines from the context, and obey what happens to their connections. */
    void secure(ManagedChannelBuilder<?> builder, SSLContext context);

    /** Has the builder's servers take their engines from the context, and obey what happens to their connections. */
    void secure(ServerBuilder<?> builder, SSLContext context);

    /** Credentials for builders of this transport. */
    ChannelCredentials channelCredentials(SSLContext context);

    /** Credentials for builders of this transport. */
    ServerCredentials serverCredentials(SSLContext context);
}
