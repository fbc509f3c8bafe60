package dev.mtls.examples.quickstart;

import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The one gRPC method of the quickstart. Strings as they are, so that no code is generated. */
final class Echo implements MethodDescriptor.Marshaller<String> {
    static final String SERVICE = "quickstart.Stock";
    static final MethodDescriptor<String, String> METHOD = MethodDescriptor.newBuilder(new Echo(), new Echo())
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Echo"))
            .build();

    @Override
    public InputStream stream(String value) {
        return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
        try {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
