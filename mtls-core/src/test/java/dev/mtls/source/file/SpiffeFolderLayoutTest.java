package dev.mtls.source.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SourceUnavailableException;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.TrustDomain;
import dev.mtls.testkit.TestCa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpiffeFolderLayoutTest {
    @TempDir
    Path folder;

    private final Folders folders = new Folders();

    private void touch(String... names) throws IOException {
        for (String name : names) {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.createFile(folder.resolve(name));
        }
    }

    private FileSet files(Path of) throws Exception {
        return SpiffeFolderLayout.in(of).files(folders);
    }

    @Test
    void search_variableSet_isTheOnlyCandidate() throws Exception {
        touch("named/credential-bundle.pem", "known/credential-bundle.pem");
        List<Path> wellKnown = List.of(folder.resolve("known"));
        Map<String, String> environment =
                Map.of("SPIFFE_CREDENTIAL_FOLDER", folder.resolve("named").toString());

        assertThat(SpiffeFolderLayout.search(environment, wellKnown)
                        .files(folders)
                        .key())
                .isEqualTo(folder.resolve("named/credential-bundle.pem"));
        Map<String, String> absent =
                Map.of("SPIFFE_CREDENTIAL_FOLDER", folder.resolve("absent").toString());
        assertThatThrownBy(() -> SpiffeFolderLayout.search(absent, wellKnown).files(folders))
                .isInstanceOf(SourceUnavailableException.class)
                .hasMessageContaining(folder.resolve("absent").toString());
    }

    @Test
    void search_variableUnset_takesTheFirstWellKnownThatExists() throws Exception {
        List<Path> wellKnown = List.of(folder.resolve("one"), folder.resolve("two"));
        SpiffeFolderLayout layout = SpiffeFolderLayout.search(Map.of(), wellKnown);
        assertThatThrownBy(() -> layout.files(folders))
                .isInstanceOf(SourceUnavailableException.class)
                .hasMessageContaining("SPIFFE_CREDENTIAL_FOLDER")
                .hasMessageContaining(folder.resolve("two").toString());

        touch("two/credential-bundle.pem");
        assertThat(layout.files(folders).key()).isEqualTo(folder.resolve("two/credential-bundle.pem"));
        touch("one/credential-bundle.pem");
        assertThat(layout.files(folders).key()).isEqualTo(folder.resolve("one/credential-bundle.pem"));
    }

    @Test
    void search_variableEmpty_throws() {
        assertThatThrownBy(() -> SpiffeFolderLayout.search(Map.of("SPIFFE_CREDENTIAL_FOLDER", " "), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("SPIFFE_CREDENTIAL_FOLDER");
    }

    @Test
    void wellKnown_areThoseOfTheDraft() {
        assertThat(SpiffeFolderLayout.WELL_KNOWN)
                .containsExactly(
                        Path.of("/run/secrets/workload-spiffe-credentials"),
                        Path.of("/var/run/secrets/workload-spiffe-credentials"));
    }

    @Test
    void names_ofAllDrafts_areReadNewestFirst() throws Exception {
        touch(
                "credential-bundle.pem",
                "a.example.spiffe-trust-bundle.pem",
                "b.example.spiffe-trust-bundle.pem",
                "hints.json");
        assertThat(files(folder).chain()).isEqualTo(folder.resolve("credential-bundle.pem"));
        touch("credential-bundle.private-key.pem");
        assertThat(files(folder).chain()).isEqualTo(folder.resolve("credential-bundle.private-key.pem"));
        touch("credential-bundle.private-key.x509.pem", "b.example.spiffe-trust-bundle.x509.pem");

        FileSet files = files(folder);
        assertThat(files.chain()).isEqualTo(folder.resolve("credential-bundle.private-key.x509.pem"));
        assertThat(files.key()).isEqualTo(files.chain());
        assertThat(files.bundles())
                .containsExactly(
                        new FileSet.BundleFile(
                                TrustDomain.parse("a.example"), folder.resolve("a.example.spiffe-trust-bundle.pem")),
                        new FileSet.BundleFile(
                                TrustDomain.parse("b.example"),
                                folder.resolve("b.example.spiffe-trust-bundle.x509.pem")));
    }

    @Test
    void folder_withoutCredentials_isReportedWithItsContent() throws Exception {
        touch("certificates.pem");

        assertThatThrownBy(() -> files(folder))
                .isInstanceOf(SourceUnavailableException.class)
                .hasMessageContaining("credential-bundle.private-key.x509.pem")
                .hasMessageContaining("it holds: [certificates.pem]");
    }

    @Test
    void bundle_namedAfterNoTrustDomain_isRefused() throws Exception {
        touch("credential-bundle.pem", "Example.ORG.spiffe-trust-bundle.pem");

        assertThatThrownBy(() -> files(folder))
                .isInstanceOfSatisfying(
                        SvidRejectedException.class,
                        e -> assertThat(e.reason()).isEqualTo(FailureReason.MALFORMED_SPIFFE_ID))
                .hasMessageContaining("Example.ORG.spiffe-trust-bundle.pem");
    }

    @Test
    void bundles_addedLater_areSeen() {
        TestCa root = TestCa.root("example.org");
        TestCa other = TestCa.root("other.example");
        TestCa.Leaf leaf = root.leaf("spiffe://example.org/a");
        Map<String, String> files = LayoutCase.SPIFFE_FOLDER.files(leaf, root);
        Delivery.KUBERNETES.writeTexts(folder, files);
        try (PemFileSource source = PemFileSource.spiffeFolder(folder).open()) {
            assertThat(source.state().context().orElseThrow().bundles().trustDomains())
                    .hasSize(1);

            files.put("other.example.spiffe-trust-bundle.x509.pem", TestCa.pem(other.certificate()));
            Delivery.KUBERNETES.writeTexts(folder, files);
            await().untilAsserted(() -> assertThat(
                            source.state().context().orElseThrow().bundles().bundle(TrustDomain.parse("other.example")))
                    .contains(other.bundle()));
        }
    }
}
