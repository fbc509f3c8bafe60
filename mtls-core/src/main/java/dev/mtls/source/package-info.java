/**
 * Where identities and trust come from. {@link dev.mtls.source.X509Source} is an SPI: users may implement it, best on top of
 * {@link dev.mtls.source.SnapshotPublisher}.
 */
@org.jspecify.annotations.NullMarked
package dev.mtls.source;
