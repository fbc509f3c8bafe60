package dev.mtls.tls;

/**
 * Which TLS implementation is in use, and why.
 *
 * @param provider {@link TlsProvider#JDK} or {@link TlsProvider#CONSCRYPT}
 * @param reason why, in words
 */
public record ProviderChoice(TlsProvider provider, String reason) {}
