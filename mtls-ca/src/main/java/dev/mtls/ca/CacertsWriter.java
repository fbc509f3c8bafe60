package dev.mtls.ca;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CRLException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Writes Istio's {@code cacerts} layout, see {@link Cacerts}. */
final class CacertsWriter {
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY = permissions("rw-------");
    private static final FileAttribute<Set<PosixFilePermission>> READABLE = permissions("rw-r--r--");
    private static final FileAttribute<Set<PosixFilePermission>> OWNERS_DIRECTORY = permissions("rwx------");

    private CacertsWriter() {}

    /** Each file appears whole or not at all. A run that breaks off between two leaves a set that loading refuses. */
    static void save(Path directory, Signer signer, List<X509Certificate> roots, List<X509CRL> crls)
            throws IOException {
        Path made = Files.exists(directory) ? directory : Files.createDirectories(directory, OWNERS_DIRECTORY);
        if (!Files.getFileStore(made).supportsFileAttributeView(PosixFileAttributeView.class)) {
            throw new IOException(made + ": the file system has no POSIX permissions, so that " + Cacerts.CA_KEY
                    + " could not be kept from others (expected: one that has)");
        }
        write(made, Cacerts.ROOT_CERT, READABLE, certificates(roots));
        write(made, Cacerts.CERT_CHAIN, READABLE, certificates(signer.path()));
        write(made, Cacerts.CA_CERT, READABLE, certificates(List.of(signer.certificate())));
        write(
                made,
                Cacerts.CA_KEY,
                OWNER_ONLY,
                PemFiles.encode("PRIVATE KEY", List.of(signer.key().getEncoded())));
        if (crls.isEmpty()) {
            Files.deleteIfExists(made.resolve(Cacerts.CA_CRL));
        } else {
            write(made, Cacerts.CA_CRL, READABLE, crls(crls));
        }
    }

    private static void write(
            Path directory, String name, FileAttribute<Set<PosixFilePermission>> permissions, byte[] content)
            throws IOException {
        Path temporary = directory.resolve("." + name + "." + UUID.randomUUID());
        Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            // The permissions are those of its creation: there is no moment at which others could open it.
            try (FileChannel channel = FileChannel.open(temporary, options, permissions)) {
                ByteBuffer buffer = ByteBuffer.wrap(content);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            Files.move(
                    temporary,
                    directory.resolve(name),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static byte[] certificates(List<X509Certificate> certificates) throws IOException {
        List<byte[]> ders = new ArrayList<>();
        try {
            for (X509Certificate certificate : certificates) {
                ders.add(certificate.getEncoded());
            }
        } catch (CertificateEncodingException e) {
            throw new IOException("a certificate has no encoding", e);
        }
        return PemFiles.encode("CERTIFICATE", ders);
    }

    private static byte[] crls(List<X509CRL> crls) throws IOException {
        List<byte[]> ders = new ArrayList<>();
        try {
            for (X509CRL crl : crls) {
                ders.add(crl.getEncoded());
            }
        } catch (CRLException e) {
            throw new IOException("a CRL has no encoding", e);
        }
        return PemFiles.encode("X509 CRL", ders);
    }

    private static FileAttribute<Set<PosixFilePermission>> permissions(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }
}
