package dev.mtls.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.module.ResolvedModule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The published modules resolve from a module path, although the tests themselves run on the class path. */
class ModulePathTest {
    private static final ModuleFinder MODULE_PATH = ModuleFinder.of(classPath());

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
    void module_onModulePath_resolves(String name) {
        Configuration resolved = resolve(name);

        assertThat(resolved.findModule(name)).isPresent();
        assertThat(resolved.findModule(name)
                        .orElseThrow()
                        .reference()
                        .descriptor()
                        .isAutomatic())
                .isFalse();
    }

    @Test
    void core_onModulePath_needsOnlySlf4jAndCaffeine() {
        Set<String> names = resolve("dev.mtls.core").modules().stream()
                .map(ResolvedModule::name)
                .filter(name -> !name.startsWith("java.") && !name.startsWith("jdk."))
                .collect(Collectors.toSet());

        assertThat(names).contains("dev.mtls.core", "org.slf4j", "com.github.benmanes.caffeine");
    }

    private static Configuration resolve(String name) {
        return ModuleLayer.boot()
                .configuration()
                .resolve(MODULE_PATH, ModuleFinder.of(), List.of(name).stream().collect(Collectors.toSet()));
    }

    private static Path[] classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(Files::exists)
                .filter(path -> !path.endsWith("test-classes"))
                .toArray(Path[]::new);
    }
}
