package dev.mtls.it.resumption;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.io.ByteArrayInputStream;
import java.io.InputStream;

/** The method that is called: from nothing to nothing. */
final class GrpcCall {
    static final String SERVICE = "dev.mtls.it.Matrix";

    static final MethodDescriptor<Nothing, Nothing> METHOD = MethodDescriptor.newBuilder(
                    new NothingMarshaller(), new NothingMarshaller())
            .setType(MethodType.UNARY)
            .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Call"))
            .build();

    private GrpcCall() {}

    /** A message of no bytes. */
    record Nothing() {}

    private static final class NothingMarshaller implements MethodDescriptor.Marshaller<Nothing> {
        @Override
        public InputStream stream(Nothing value) {
            return new ByteArrayInputStream(new byte[0]);
        }

        @Override
        public Nothing parse(InputStream stream) {
            return new Nothing();
        }
    }
}
