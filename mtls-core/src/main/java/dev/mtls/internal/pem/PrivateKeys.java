package dev.mtls.internal.pem;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.Optional;

/** Reads private keys: PKCS#8, PKCS#1 (RSA) and SEC1 (EC), unencrypted, as PEM or DER. */
public final class PrivateKeys {
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
    private static final byte[] RSA = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };
    private static final byte[] EC_PUBLIC_KEY = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};

    private PrivateKeys() {}

    /**
     * The one private key in the bytes.
     *
     * @param what what the bytes are, for the message; the message never quotes them
     */
    public static PrivateKey parse(byte[] bytes, String what) throws SvidRejectedException {
        if (!Pem.looksLikePem(bytes)) {
            return parseDer(bytes, what);
        }
        PrivateKey found = null;
        for (Pem.Block block : Pem.parse(bytes, what, FailureReason.MALFORMED_PRIVATE_KEY)) {
            if (!block.label().endsWith("PRIVATE KEY")) {
                continue;
            }
            if (found != null) {
                throw malformed(what, "more than one private key (expected: one)");
            }
            found = parse(block, what);
        }
        if (found == null) {
            throw new SvidRejectedException(FailureReason.NO_PRIVATE_KEY, what + ": no private key found");
        }
        return found;
    }

    private static PrivateKey parse(Pem.Block block, String what) throws SvidRejectedException {
        return switch (block.label()) {
            case "PRIVATE KEY" -> pkcs8(block.der(), what);
            case "RSA PRIVATE KEY" -> pkcs1(block.der(), what);
            case "EC PRIVATE KEY" -> sec1(block.der(), what);
            default ->
                throw malformed(
                        what,
                        block.label()
                                + " is not supported (expected: an unencrypted PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY)");
        };
    }

    /** DER tells the three forms apart by what follows the version: an algorithm, a modulus, an octet string. */
    private static PrivateKey parseDer(byte[] der, String what) throws SvidRejectedException {
        int second;
        try {
            Der key = new Der(der).enter(Der.SEQUENCE);
            key.enter(Der.INTEGER);
            second = key.peekTag();
        } catch (IllegalArgumentException e) {
            throw malformed(what, "neither PEM nor the DER of a private key");
        }
        return switch (second) {
            case Der.SEQUENCE -> pkcs8(der, what);
            case Der.INTEGER -> pkcs1(der, what);
            case Der.OCTET_STRING -> sec1(der, what);
            default -> throw malformed(what, "neither PEM nor the DER of a private key");
        };
    }

    private static PrivateKey pkcs1(byte[] der, String what) throws SvidRejectedException {
        return pkcs8(Der.encode(Der.SEQUENCE, VERSION_0, RSA, Der.encode(Der.OCTET_STRING, der)), what);
    }

    private static PrivateKey sec1(byte[] der, String what) throws SvidRejectedException {
        try {
            Der key = new Der(der).enter(Der.SEQUENCE);
            key.enter(Der.INTEGER);
            key.enter(Der.OCTET_STRING);
            byte[] curve = key.enter(0xa0).element(Der.OID);
            byte[] algorithm = Der.encode(Der.SEQUENCE, EC_PUBLIC_KEY, curve);
            return pkcs8(Der.encode(Der.SEQUENCE, VERSION_0, algorithm, Der.encode(Der.OCTET_STRING, der)), what);
        } catch (IllegalArgumentException e) {
            throw malformed(what, "the EC private key cannot be parsed, or names no curve");
        }
    }

    private static PrivateKey pkcs8(byte[] der, String what) throws SvidRejectedException {
        for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
            Optional<PrivateKey> key = pkcs8Of(algorithm, der);
            if (key.isPresent()) {
                return key.get();
            }
        }
        throw malformed(what, "the private key cannot be parsed (expected: EC, RSA or Ed25519, unencrypted)");
    }

    private static Optional<PrivateKey> pkcs8Of(String algorithm, byte[] der) {
        try {
            return Optional.of(KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der)));
        } catch (GeneralSecurityException | RuntimeException e) {
            // Another algorithm, or malformed: the message may quote the key, so that it is not passed on.
            return Optional.empty();
        }
    }

    private static SvidRejectedException malformed(String what, String why) {
        return new SvidRejectedException(FailureReason.MALFORMED_PRIVATE_KEY, what + ": " + why);
    }
}
