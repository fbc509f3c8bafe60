package dev.mtls.it.resumption;

import dev.mtls.tls.TlsProvider;
import java.util.ArrayList;
import java.util.List;

/**
 * One cell of the matrix.
 *
 * @param stack what makes the connections
 * @param provider who brings TLS to it
 * @param protocol the TLS version
 * @param change what happens between two connections
 */
record Cell(Stack stack, TlsProvider provider, String protocol, Change change) {
    static final List<TlsProvider> PROVIDERS = List.of(TlsProvider.JDK, TlsProvider.CONSCRYPT);
    private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

    static List<Cell> all() {
        List<Cell> all = new ArrayList<>();
        for (Stack stack : Stack.values()) {
            for (TlsProvider provider : PROVIDERS) {
                for (String protocol : PROTOCOLS) {
                    for (Change change : Change.values()) {
                        all.add(new Cell(stack, provider, protocol, change));
                    }
                }
            }
        }
        return all;
    }

    /** The row it stands in. */
    String row() {
        return String.join(", ", stack.toString(), provider.toString(), protocol);
    }

    @Override
    public String toString() {
        return row() + ", " + change;
    }
}
