package dev.mtls.source.file;

import dev.mtls.testkit.TestCa;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** The layouts, each with its files' names. */
enum LayoutCase {
    ISTIO("cert-chain.pem", "key.pem", "root-cert.pem", PemFileSource::istio),
    CERT_MANAGER("tls.crt", "tls.key", "ca.crt", PemFileSource::certManager),
    SPIFFE_HELPER("svid.pem", "svid_key.pem", "svid_bundle.pem", PemFileSource::spiffeHelper),
    GKE("certificates.pem", "private_key.pem", "ca_certificates.pem", PemFileSource::gke),
    POD_CERTIFICATE(
            "credentials.pem",
            "credentials.pem",
            "trust.pem",
            folder -> PemFileSource.podCertificate(folder.resolve("credentials.pem"), folder.resolve("trust.pem"))),
    SPIFFE_FOLDER(
            "credential-bundle.private-key.x509.pem",
            "credential-bundle.private-key.x509.pem",
            "example.org.spiffe-trust-bundle.x509.pem",
            PemFileSource::spiffeFolder),
    FILES(
            "a.pem",
            "b.pem",
            "c.pem",
            folder -> PemFileSource.files(folder.resolve("a.pem"), folder.resolve("b.pem"), folder.resolve("c.pem")));

    final String chain;
    final String key;
    final String bundle;
    private final Function<Path, PemFileSource.Builder> factory;

    LayoutCase(String chain, String key, String bundle, Function<Path, PemFileSource.Builder> factory) {
        this.chain = chain;
        this.key = key;
        this.bundle = bundle;
        this.factory = factory;
    }

    PemFileSource.Builder builder(Path folder) {
        return factory.apply(folder);
    }

    /** The files by name, certificates first. */
    Map<String, String> files(TestCa.Leaf leaf, String keyPem, String bundlePem) {
        Map<String, String> files = new LinkedHashMap<>();
        if (chain.equals(key)) {
            files.put(chain, keyPem + leaf.chainPem());
        } else {
            files.put(chain, leaf.chainPem());
            files.put(key, keyPem);
        }
        files.put(bundle, bundlePem);
        return files;
    }

    Map<String, String> files(TestCa.Leaf leaf, TestCa root) {
        return files(leaf, leaf.keyPem(), TestCa.pem(root.certificate()));
    }
}
