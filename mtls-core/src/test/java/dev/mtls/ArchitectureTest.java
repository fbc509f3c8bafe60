package dev.mtls;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.mtls.internal.svid.SvidKeys;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.util.TreeSet;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/** The arrows between the packages, and what no code here may do. */
@AnalyzeClasses(packages = "dev.mtls", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    /** A package may use only those named here, itself, and the JDK and libraries. */
    private static ArchRule mayUseOnly(String of, String... others) {
        String[] allowed = new String[others.length + 1];
        allowed[0] = of;
        System.arraycopy(others, 0, allowed, 1, others.length);
        DescribedPredicate<JavaClass> ours = resideInAPackage("dev.mtls..");
        return noClasses()
                .that()
                .resideInAPackage(of)
                .should()
                .dependOnClassesThat(ours.and(DescribedPredicate.not(resideInAnyPackage(allowed)))
                        .as("reside in a package of ours that it may not use"));
    }

    @ArchTest
    static final ArchRule IDENTITY = mayUseOnly("dev.mtls.identity");

    @ArchTest
    static final ArchRule FAILURE = mayUseOnly("dev.mtls.failure", "dev.mtls.identity");

    @ArchTest
    static final ArchRule SVID = mayUseOnly(
            "dev.mtls.svid",
            "dev.mtls.identity",
            "dev.mtls.failure",
            "dev.mtls.internal.pem",
            "dev.mtls.internal.profile",
            "dev.mtls.internal.svid");

    @ArchTest
    static final ArchRule TRUST = mayUseOnly(
            "dev.mtls.trust",
            "dev.mtls.identity",
            "dev.mtls.failure",
            "dev.mtls.internal.pem",
            "dev.mtls.internal.profile");

    @ArchTest
    static final ArchRule POLICY = mayUseOnly("dev.mtls.policy", "dev.mtls.identity", "dev.mtls.failure");

    @ArchTest
    static final ArchRule EVENT = mayUseOnly("dev.mtls.event", "dev.mtls.identity", "dev.mtls.failure");

    @ArchTest
    static final ArchRule SOURCE_AND_VERIFY = noClasses()
            .that()
            .resideInAnyPackage("dev.mtls.source..", "dev.mtls.verify..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.mtls",
                    "dev.mtls.tls..",
                    "dev.mtls.connection..",
                    "dev.mtls.danger..",
                    "dev.mtls.internal.tls..");

    @ArchTest
    static final ArchRule TLS = noClasses()
            .that()
            .resideInAnyPackage("dev.mtls.tls..", "dev.mtls.internal.tls..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.mtls", "dev.mtls.connection..", "dev.mtls.internal.connection..", "dev.mtls.danger..");

    @ArchTest
    static final ArchRule NOTHING_USES_DANGER = noClasses()
            .that()
            .resideOutsideOfPackage("dev.mtls.danger..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.mtls.danger..");

    @ArchTest
    static final ArchRule NOTHING_BELOW_USES_THE_PAVED_ROAD = noClasses()
            .that()
            .resideOutsideOfPackages("dev.mtls", "dev.mtls.danger..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.mtls");

    @ArchTest
    static final ArchRule VALUES_HAVE_NO_CYCLES = slices().matching(
                    "dev.mtls.(identity|failure|policy|event|source|verify)..")
            .should()
            .beFreeOfCycles();

    @ArchTest
    static final ArchRule EXPORTED_SIGNATURES_MENTION_NO_INTERNALS = methods()
            .that(describe(
                    "are exported",
                    method -> method.getOwner().getModifiers().contains(JavaModifier.PUBLIC)
                            && (method.getModifiers().contains(JavaModifier.PUBLIC)
                                    || method.getModifiers().contains(JavaModifier.PROTECTED))
                            && !method.getOwner().getPackageName().contains(".internal")))
            .should(new ArchCondition<>("mention no internal type") {
                @Override
                public void check(com.tngtech.archunit.core.domain.JavaMethod method, ConditionEvents events) {
                    for (JavaClass mentioned : method.getAllInvolvedRawTypes()) {
                        if (mentioned.getPackageName().contains(".internal")) {
                            events.add(SimpleConditionEvent.violated(
                                    method, method.getFullName() + " mentions " + mentioned.getName()));
                        }
                    }
                }
            });

    @ArchTest
    static final ArchRule NO_PUBLIC_METHOD_HANDS_OUT_A_PRIVATE_KEY = methods()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .resideOutsideOfPackage("..internal..")
            .should()
            .notHaveRawReturnType(describe("a private key", type -> type.isAssignableTo(PrivateKey.class)));

    /** Who may read a private key: nobody but whoever hands it to a TLS stack. */
    @ArchTest
    static final ArchRule PRIVATE_KEYS_LEAVE_THROUGH_ONE_DOOR = classes()
            .that()
            .belongToAnyOf(SvidKeys.class)
            .should()
            .onlyHaveDependentClassesThat()
            .haveNameMatching(
                    "dev\\.mtls\\.(svid\\.X509Svid|internal\\.tls\\.SnapshotKeyManager|internal\\.svid\\.SvidKeys)");

    @ArchTest
    static final ArchRule NOTHING_GLOBAL_IS_CHANGED = noClasses()
            .should()
            .callMethod(Security.class, "addProvider", Provider.class)
            .orShould()
            .callMethod(Security.class, "insertProviderAt", Provider.class, int.class)
            .orShould()
            .callMethod(Security.class, "setProperty", String.class, String.class)
            .orShould()
            .callMethod(System.class, "setProperty", String.class, String.class)
            .orShould()
            .callMethod(SSLContext.class, "setDefault", SSLContext.class)
            .orShould()
            .callMethod(HttpsURLConnection.class, "setDefaultSSLSocketFactory", javax.net.ssl.SSLSocketFactory.class);

    @ArchTest
    static final ArchRule TIME_IS_INJECTED = noClasses()
            .should()
            .callMethod(java.time.Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis");

    @Test
    void module_exportsAndRequires_areThoseIntended() throws IOException {
        Path moduleInfo = Path.of("target", "classes", "module-info.class");
        ModuleDescriptor module;
        try (InputStream bytes = Files.newInputStream(moduleInfo)) {
            module = ModuleDescriptor.read(bytes);
        }

        assertThat(module.exports().stream().filter(e -> !e.isQualified()).map(ModuleDescriptor.Exports::source))
                .containsExactlyInAnyOrder(
                        "dev.mtls",
                        "dev.mtls.connection",
                        "dev.mtls.danger",
                        "dev.mtls.event",
                        "dev.mtls.failure",
                        "dev.mtls.identity",
                        "dev.mtls.policy",
                        "dev.mtls.source",
                        "dev.mtls.source.file",
                        "dev.mtls.svid",
                        "dev.mtls.tls",
                        "dev.mtls.trust",
                        "dev.mtls.verify");
        assertThat(module.exports().stream()
                        .filter(ModuleDescriptor.Exports::isQualified)
                        .map(export -> export.source() + " to " + new TreeSet<>(export.targets())))
                .containsExactly("dev.mtls.internal.tls to [dev.mtls.jetty, dev.mtls.okhttp]");
        assertThat(module.requires().stream().map(ModuleDescriptor.Requires::name))
                .containsExactlyInAnyOrder(
                        "java.base", "com.github.benmanes.caffeine", "org.conscrypt", "org.jspecify", "org.slf4j");
    }
}
