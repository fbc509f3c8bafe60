package dev.mtls.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.mtls.examples.adapters.GrpcExample;
import dev.mtls.examples.adapters.JettyExample;
import dev.mtls.examples.adapters.OkHttpExample;
import dev.mtls.examples.quickstart.Quickstart;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples run. */
class ExamplesTest {
    @Test
    void okHttp_runs() {
        assertThatCode(() -> OkHttpExample.main(new String[0])).doesNotThrowAnyException();
    }

    @Test
    void jetty_runs() {
        assertThatCode(() -> JettyExample.main(new String[0])).doesNotThrowAnyException();
    }

    @Test
    void grpc_runs() {
        assertThatCode(() -> GrpcExample.main(new String[0])).doesNotThrowAnyException();
    }

    @Test
    @Timeout(60)
    void quickstart_endsWell() throws Exception {
        assertThat(new Quickstart().run()).isTrue();
    }
}
