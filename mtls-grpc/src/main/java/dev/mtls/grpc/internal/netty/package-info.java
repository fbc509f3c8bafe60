/** Connections over Netty: the build makes a second copy of this package from its sources, for grpc-netty-shaded. */
@NullMarked
package dev.mtls.grpc.internal.netty;

import org.jspecify.annotations.NullMarked;
