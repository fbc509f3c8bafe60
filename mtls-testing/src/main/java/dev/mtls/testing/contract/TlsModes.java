package dev.mtls.testing.contract;

import dev.mtls.tls.TlsProvider;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

/** Runs a test template once for each {@link TlsMode}. Parameterised tests proper would need one more module of JUnit. */
final class TlsModes implements TestTemplateInvocationContextProvider {
    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        // A subclass may have templates of its own, such as parameterised tests.
        return List.of(context.getRequiredTestMethod().getParameterTypes()).contains(TlsMode.class);
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
        return Stream.of(TlsProvider.JDK, TlsProvider.CONSCRYPT)
                .flatMap(provider -> Stream.of("TLSv1.3", "TLSv1.2")
                        .map(protocol -> new Invocation(new TlsMode(provider, protocol))));
    }

    private record Invocation(TlsMode mode) implements TestTemplateInvocationContext, ParameterResolver {
        @Override
        public String getDisplayName(int index) {
            return mode.toString();
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(this);
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == TlsMode.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return mode;
        }
    }
}
