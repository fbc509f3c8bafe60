package dev.mtls.examples.quickstart;

import dev.mtls.ca.CertificateAuthority;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.policy.PeerPolicy;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Three services, each with an identity of its own, call each other over mutual TLS. Meanwhile every identity rotates each second, the
 * root rotates once, an intruder of the same trust domain knocks, and a partner's trust domain is trusted for a while and then no more.
 *
 * <p>Exits with 0 if no legitimate call failed and every illegitimate one did.
 */
public final class Quickstart {
    private static final int MIN_IDENTITIES = 10;

    private final CertificateAuthority shop = CertificateAuthority.create(TrustDomain.parse("shop.example"));
    private final CertificateAuthority partner = CertificateAuthority.create(TrustDomain.parse("partner.example"));
    private final SpiffeId webId = id("ns/front/sa/web");
    private final SpiffeId ordersId = id("ns/back/sa/orders");
    private final SpiffeId stockId = id("ns/back/sa/stock");
    private final SpiffeId intruderId = id("ns/lab/sa/intruder");
    private final SpiffeId agentId = partner.trustDomain().id("agent");
    private final Ledger ledger = new Ledger(Set.of(webId, ordersId, stockId));
    private final Ledger strangersOwn = new Ledger(Set.of());

    /** Makes the authorities; nothing runs yet. */
    public Quickstart() {}

    private SpiffeId id(String path) {
        return shop.trustDomain().id(path.split("/"));
    }

    /** Runs the scenario, about 20 seconds. */
    public static void main(String[] args) throws Exception {
        System.exit(new Quickstart().run() ? 0 : 1);
    }

    /** Runs the scenario, and tells whether all was as it must be. */
    public boolean run() throws Exception {
        shop.federate(partner.bundle());
        partner.federate(shop.bundle());
        shop.subscribe(() -> partner.federate(shop.bundle()));
        try (Workload web = new Workload(shop, "ns/front/sa/web", ledger.listener());
                Workload orders = new Workload(shop, "ns/back/sa/orders", ledger.listener());
                Workload stock = new Workload(shop, "ns/back/sa/stock", ledger.listener());
                Workload intruder = new Workload(shop, "ns/lab/sa/intruder", strangersOwn.listener());
                Workload agent = new Workload(partner, "agent", strangersOwn.listener());
                HttpServer webServer = new HttpServer(web, PeerPolicy.id(stockId), ledger);
                HttpServer ordersServer =
                        new HttpServer(orders, PeerPolicy.anyOf(PeerPolicy.id(webId), PeerPolicy.id(agentId)), ledger);
                GrpcServer stockServer = new GrpcServer(stock, PeerPolicy.id(ordersId), ledger);
                Link webToOrders = new HttpLink(web, ordersId, ordersServer.port(), ledger);
                Link ordersToStock = new GrpcLink(orders, stockId, stockServer.port());
                Link intruderToStock = new GrpcLink(intruder, stockId, stockServer.port());
                Link stockToWeb = new HttpLink(stock, webId, webServer.port(), ledger);
                Link intruderToOrders = new HttpLink(intruder, ordersId, ordersServer.port(), strangersOwn);
                Link agentToOrders = new HttpLink(agent, ordersId, ordersServer.port(), strangersOwn)) {
            try (Load load = new Load(ledger)) {
                load.over(webToOrders);
                load.over(ordersToStock);
                load.over(stockToWeb);
                say("Three services call each other; their identities rotate every second");
                pause(2);
                knock(intruderToOrders);
                knock(intruderToStock);
                mustSucceed(agentToOrders);
                say("A partner's workload calls, as long as its trust domain is trusted");
                pause(2);
                say("The root rotates: the new one is trusted before it is used, the old one dropped after");
                shop.prepareRoot();
                pause(2);
                shop.activateRoot();
                pause(4);
                shop.retireRoot();
                pause(2);
                say("The partner's trust domain is trusted no more");
                shop.unfederate(partner.trustDomain());
                pause(1);
                knock(agentToOrders);
                knock(intruderToOrders);
                knock(intruderToStock);
                pause(3);
            }
            return ledger.summarize(Set.of(intruderId, agentId), MIN_IDENTITIES);
        }
    }

    /** Calls that must be refused, on a warm connection and on a new one. */
    private void knock(Link link) {
        for (boolean newConnection : new boolean[] {false, true}) {
            try {
                link.call(newConnection, "let me in");
                ledger.illegitimateSuccess(link.toString());
            } catch (IOException e) {
                // As it must be. The reason is with the server, which tells a stranger nothing.
                continue;
            }
        }
    }

    private void mustSucceed(Link link) {
        try {
            link.call(false, "an order");
        } catch (IOException e) {
            ledger.failed(link + ": " + e);
        }
    }

    private static void say(String what) {
        System.out.println(what);
    }

    private static void pause(int seconds) throws InterruptedException {
        TimeUnit.SECONDS.sleep(seconds);
    }
}
