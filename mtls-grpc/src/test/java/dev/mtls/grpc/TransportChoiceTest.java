package dev.mtls.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What happens where only one of the transports is present, or none: each test has a class path of its own. */
class TransportChoiceTest {
    private static final String UNSHADED = "grpc-netty-[0-9]|[/\\\\]netty-";
    private static final String SHADED = "grpc-netty-shaded-";

    private static URLClassLoader without(String jars) throws Exception {
        Pattern excluded = Pattern.compile(jars);
        URL[] rest = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !excluded.matcher(entry).find())
                .map(TransportChoiceTest::url)
                .toArray(URL[]::new);
        return new URLClassLoader(rest, ClassLoader.getPlatformClassLoader());
    }

    private static URL url(String entry) {
        try {
            return Path.of(entry).toUri().toURL();
        } catch (java.net.MalformedURLException e) {
            throw new IllegalArgumentException(entry, e);
        }
    }

    private static Object roundTrip(ClassLoader loader) throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            return ((Callable<?>) loader.loadClass(RoundTrip.class.getName())
                            .getDeclaredConstructor()
                            .newInstance())
                    .call();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** Frameworks look at all methods of a class: their signatures must not need what is missing. */
    private static void assertInspectable(ClassLoader loader) {
        for (Class<?> type : new Class<?>[] {MtlsGrpc.class, GrpcTransport.class}) {
            assertThatCode(() -> Class.forName(type.getName(), true, loader).getDeclaredMethods())
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void nettyAlone_used() throws Exception {
        try (URLClassLoader loader = without(SHADED)) {
            assertThat(roundTrip(loader)).isEqualTo("io.grpc.netty.NettyChannelBuilder");
            assertInspectable(loader);
        }
    }

    @Test
    void shadedAlone_used() throws Exception {
        try (URLClassLoader loader = without(UNSHADED)) {
            assertThat(roundTrip(loader)).isEqualTo("io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder");
            assertInspectable(loader);
        }
    }

    @Test
    void both_nettyUsed() throws Exception {
        assertThat(new RoundTrip().call()).isEqualTo("io.grpc.netty.NettyChannelBuilder");
    }

    @Test
    void none_errorNamesTheArtifacts() throws Exception {
        try (URLClassLoader loader = without(SHADED + "|" + UNSHADED)) {
            assertInspectable(loader);
            assertThatThrownBy(() -> roundTrip(loader))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("io.grpc:grpc-netty-shaded")
                    .hasMessageContaining("io.grpc:grpc-netty ");
        }
    }
}
