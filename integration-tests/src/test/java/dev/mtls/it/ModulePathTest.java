package dev.mtls.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolvedModule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The published modules resolve from a module path, although all tests themselves run on the class path. */
class ModulePathTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "dev.mtls.core",
                "dev.mtls.ca",
                "dev.mtls.testing",
                "dev.mtls.okhttp",
                "dev.mtls.grpc",
                "dev.mtls.jetty"
            })
    void module_amongAllOthers_resolvesAsNamedModule(String name) {
        ModuleReference module = resolve(name, "")
                .findModule(name)
                .map(ResolvedModule::reference)
                .orElseThrow();

        assertThat(module.descriptor().isAutomatic()).isFalse();
    }

    @Test
    void core_withSlf4jAndCaffeineAlone_resolves() {
        Configuration resolved = resolve("dev.mtls.core", "mtls-core|slf4j-api|caffeine");

        assertThat(resolved.modules())
                .extracting(ResolvedModule::name)
                .containsExactlyInAnyOrder("dev.mtls.core", "org.slf4j", "com.github.benmanes.caffeine");
    }

    /** Resolves {@code root} as the JVM does at start; the module path is what of the class path matches. */
    private static Configuration resolve(String root, String pathPattern) {
        Path[] modulePath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(path -> path.matches(".*(" + pathPattern + ").*"))
                .map(Path::of)
                .filter(Files::exists)
                .filter(path -> !path.endsWith("test-classes"))
                .toArray(Path[]::new);
        return ModuleLayer.boot().configuration().resolve(ModuleFinder.of(modulePath), ModuleFinder.of(), Set.of(root));
    }
}
