package dev.mtls.it.resumption;

import java.util.List;

/** What makes the connections; in both roles where it has both. */
enum Stack {
    RAW("raw SSLContext", Arm.client(RawCalling::new, RawServing::new), Arm.server(RawServing::new, RawCalling::new)),
    OKHTTP("OkHttp", Arm.client(OkHttpCalling::new, RawServing::new)),
    GRPC_NETTY("gRPC netty", grpcClient(new GrpcNetty()), grpcServer(new GrpcNetty())),
    GRPC_SHADED("gRPC shaded", grpcClient(new GrpcShaded()), grpcServer(new GrpcShaded())),
    JETTY_SERVER("Jetty server", Arm.server(JettyServing::new, RawCalling::new)),
    JETTY_CLIENT("Jetty client", Arm.client(JettyCalling::new, RawServing::new)),
    JDK_HTTP_CLIENT("JDK HttpClient", Arm.client(JdkHttpCalling::new, RawServing::new));

    private final String title;
    private final List<Arm> arms;

    Stack(String title, Arm... arms) {
        this.title = title;
        this.arms = List.of(arms);
    }

    private static Arm grpcClient(GrpcTransport transport) {
        return Arm.client(
                (side, port, seen) -> new GrpcCalling(transport, side, port, seen),
                (side, seen) -> new GrpcServing(transport, side, seen));
    }

    private static Arm grpcServer(GrpcTransport transport) {
        return Arm.server(
                (side, seen) -> new GrpcServing(transport, side, seen),
                (side, port, seen) -> new GrpcCalling(transport, side, port, seen));
    }

    List<Arm> arms() {
        return arms;
    }

    @Override
    public String toString() {
        return title;
    }
}
