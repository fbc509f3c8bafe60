package dev.mtls.ca;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ApiTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.mtls.ca");

    @Test
    void publicTypes_areThese() {
        assertThat(CLASSES.stream()
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(type -> type.getName().substring("dev.mtls.ca.".length())))
                .containsExactlyInAnyOrder(
                        "CaSource",
                        "CaSource$Builder",
                        "CertificateAuthority",
                        "CertificateAuthority$Builder",
                        "IntermediateOptions",
                        "KeyType",
                        "RootRotation",
                        "SvidRequest");
    }

    @Test
    void publicSignatures_doNotMentionBouncyCastle() {
        Stream<String> mentioned = CLASSES.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .flatMap(type -> type.getCodeUnits().stream())
                .filter(unit -> unit.getModifiers().contains(JavaModifier.PUBLIC))
                .flatMap(
                        unit -> Stream.concat(Stream.of(unit.getRawReturnType()), unit.getRawParameterTypes().stream()))
                .map(type -> type.getName());

        assertThat(mentioned).isNotEmpty().noneMatch(name -> name.startsWith("org.bouncycastle"));
    }

    @Test
    void internals_ofCore_notUsed() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.mtls.internal..")
                .check(CLASSES);
    }
}
