package dev.mtls.examples;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

class QuickstartTest {
    @Test
    void main_returns() {
        assertThatCode(() -> Quickstart.main(new String[0])).doesNotThrowAnyException();
    }
}
