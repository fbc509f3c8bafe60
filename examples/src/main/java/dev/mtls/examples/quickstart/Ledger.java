package dev.mtls.examples.quickstart;

import dev.mtls.event.MtlsEvent;
import dev.mtls.event.MtlsListener;
import dev.mtls.failure.FailureReason;
import dev.mtls.identity.Role;
import dev.mtls.identity.SpiffeId;
import dev.mtls.tls.PeerIdentity;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What happened, of all services together. Failures are noted where they happen, below every retry of a framework: in handshakes, on
 * connections and in calls, on both sides.
 */
final class Ledger {
    private final Set<SpiffeId> legitimate;
    private final AtomicLong calls = new AtomicLong();
    private final AtomicLong posts = new AtomicLong();
    private final AtomicLong handshakes = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Queue<String> illegitimateSuccesses = new ConcurrentLinkedQueue<>();
    private final Map<SpiffeId, Set<String>> serials = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> talks = new ConcurrentHashMap<>();
    private final Map<String, String> reasons = new ConcurrentHashMap<>();

    Ledger(Set<SpiffeId> legitimate) {
        this.legitimate = legitimate;
    }

    /** The listener of a legitimate service. */
    MtlsListener listener() {
        return this::note;
    }

    private void note(MtlsEvent event) {
        if (event instanceof MtlsEvent.HandshakeAccepted accepted && accepted.role() == Role.CLIENT) {
            handshakes.incrementAndGet();
            String talk = accepted.self() + " -> " + accepted.peer() + "  " + accepted.protocol() + ", key exchange "
                    + accepted.keyExchangeGroup().orElse("not told by the JDK's provider");
            talks.computeIfAbsent(talk, first -> new AtomicLong()).incrementAndGet();
        } else if (event instanceof MtlsEvent.HandshakeRejected rejected) {
            boolean stranger = rejected.claimedPeer()
                    .filter(peer -> !legitimate.contains(peer))
                    .isPresent();
            if (stranger) {
                refused(rejected.claimedPeer().get(), rejected.reason(), rejected.message());
            } else {
                failed(rejected.self() + ": handshake: " + rejected.message());
            }
        } else if (event instanceof MtlsEvent.ConnectionCut cut) {
            if (!legitimate.contains(cut.peer())) {
                refused(cut.peer(), cut.reason(), cut.message());
            } else if (cut.reason() != FailureReason.SOURCE_CLOSED && cut.reason() != FailureReason.DRAINED) {
                failed("connection with " + cut.peer() + ": " + cut.message());
            }
        }
    }

    private void refused(SpiffeId peer, FailureReason reason, String message) {
        refusals.incrementAndGet();
        reasons.putIfAbsent(peer + " " + reason, message);
    }

    void succeeded(PeerIdentity peer, boolean post) {
        calls.incrementAndGet();
        posts.addAndGet(post ? 1 : 0);
        saw(peer);
    }

    void saw(PeerIdentity peer) {
        serials.computeIfAbsent(peer.id(), first -> ConcurrentHashMap.newKeySet())
                .add(peer.leaf().getSerialNumber().toString(16));
    }

    void failed(String what) {
        failures.add(what);
    }

    void illegitimateSuccess(String what) {
        illegitimateSuccesses.add(what);
    }

    long refusals(SpiffeId peer) {
        return reasons.keySet().stream()
                .filter(reason -> reason.startsWith(peer.toString()))
                .count();
    }

    /** Prints the summary, and tells whether all was as it must be. */
    boolean summarize(Set<SpiffeId> strangers, int minSerials) {
        System.out.println();
        System.out.println("Who talked to whom:");
        new TreeMap<>(talks).forEach((talk, count) -> System.out.println("  " + talk + ", " + count + " handshakes"));
        System.out.println("Who was refused, and why:");
        new TreeMap<>(reasons).values().forEach(reason -> System.out.println("  " + reason));
        boolean rotated = true;
        for (SpiffeId id : new java.util.TreeSet<>(legitimate)) {
            int seen = serials.getOrDefault(id, Set.of()).size();
            rotated &= seen >= minSerials;
            System.out.println("Identities of " + id + " seen by its peers: " + seen);
        }
        boolean allRefused = illegitimateSuccesses.isEmpty();
        for (SpiffeId stranger : strangers) {
            allRefused &= refusals(stranger) > 0;
        }
        failures.stream().limit(10).forEach(failure -> System.out.println("FAILED " + failure));
        illegitimateSuccesses.stream().limit(10).forEach(success -> System.out.println("NOT REFUSED " + success));
        System.out.println(calls + " calls (" + posts + " with a body) over " + handshakes + " handshakes: "
                + failures.size() + " failed; " + refusals + " illegitimate attempts refused, "
                + illegitimateSuccesses.size() + " not");
        return failures.isEmpty() && allRefused && rotated && calls.get() > 0;
    }
}
