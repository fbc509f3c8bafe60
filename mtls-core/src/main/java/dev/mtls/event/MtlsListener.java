package dev.mtls.event;

/**
 * Hears what happens.
 *
 * <p>Called one event at a time, on a thread of its own: a listener that is slow or throws delays no handshake. What it throws is
 * logged. If it falls far behind, events are dropped and counted.
 */
@FunctionalInterface
public interface MtlsListener {
    /** Called for each event, in order. */
    void onEvent(MtlsEvent event);
}
