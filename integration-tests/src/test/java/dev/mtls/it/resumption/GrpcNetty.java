package dev.mtls.it.resumption;

import dev.mtls.grpc.MtlsGrpc;
import dev.mtls.identity.Role;
import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ServerBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.NettySslContextChannelCredentials;
import io.grpc.netty.NettySslContextServerCredentials;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import java.util.function.Supplier;

/** grpc-netty. {@link GrpcShaded} is the same with other imports. */
final class GrpcNetty implements GrpcTransport {
    @Override
    public Supplier<ManagedChannelBuilder<?>> channels(Side side, int port) {
        if (side instanceof OurSide) {
            return () ->
                    MtlsGrpc.configure(NettyChannelBuilder.forAddress("localhost", port), ((OurSide) side).client());
        }
        ChannelCredentials credentials = NettySslContextChannelCredentials.create(plain(side));
        return () -> NettyChannelBuilder.forAddress("localhost", port, credentials);
    }

    @Override
    public ServerBuilder<?> server(Side side) {
        return side instanceof OurSide
                ? MtlsGrpc.configure(NettyServerBuilder.forAddress(GrpcTransport.anyPort()), ((OurSide) side).server())
                : NettyServerBuilder.forAddress(
                        GrpcTransport.anyPort(), NettySslContextServerCredentials.create(plain(side)));
    }

    private static SslContext plain(Side side) {
        boolean client = side.role == Role.CLIENT;
        return new JdkSslContext(
                side.context(),
                client,
                null,
                IdentityCipherSuiteFilter.INSTANCE,
                new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        "h2"),
                client ? ClientAuth.NONE : ClientAuth.REQUIRE,
                new String[] {side.protocol},
                false);
    }
}
