package dev.mtls.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BuildTest {
    @Test
    void packageIsWhereTheModuleSaysItIs() {
        assertThat(BuildTest.class.getPackageName()).isEqualTo("dev.mtls.jetty");
    }
}
