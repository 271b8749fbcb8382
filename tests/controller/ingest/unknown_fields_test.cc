#include "controller/ingest/unknown_fields.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace haldane::controller {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Every message below `message`, itself included, made where it was missing;
// of a oneof the last.
void Fill(Message* message, std::vector<Message*>* all) {
  all->push_back(message);
  const Reflection* const reflection = message->GetReflection();
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* const field = message->GetDescriptor()->field(i);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const bool is_last_of_oneof = field->containing_oneof() == nullptr ||
                                  field->index_in_oneof() + 1 == field->containing_oneof()->field_count();
    if (!is_last_of_oneof) continue;
    Fill(field->is_repeated() ? reflection->AddMessage(message, field)
                              : reflection->MutableMessage(message, field),
         all);
  }
}

TEST(UnknownFieldsTest, AreRemovedFromEveryKindOfMessageInAReport) {
  v1::AgentMessage message;
  std::vector<Message*> all;
  Fill(&message, &all);
  ASSERT_TRUE(message.has_report());
  ASSERT_GE(all.size(), 15u);
  const std::string clean = message.SerializeAsString();
  for (Message* const part : all) {
    part->GetReflection()->MutableUnknownFields(part)->AddVarint(1000, 1);
    ASSERT_NE(message.SerializeAsString(), clean);
    DiscardUnknownFields(&message);
    EXPECT_EQ(message.SerializeAsString(), clean) << "those of " << part->GetTypeName() << " stayed";
    part->GetReflection()->MutableUnknownFields(part)->Clear();
  }
}

TEST(UnknownFieldsTest, AreRemovedFromAHello) {
  v1::AgentMessage message;
  v1::Hello& hello = *message.mutable_hello();
  hello.set_host("a");
  hello.mutable_compatibility()->add_missing()->set_reason("b");
  const std::string clean = message.SerializeAsString();
  Message* const missing = hello.mutable_compatibility()->mutable_missing(0);
  missing->GetReflection()->MutableUnknownFields(missing)->AddVarint(1000, 1);
  DiscardUnknownFields(&message);
  EXPECT_EQ(message.SerializeAsString(), clean);
}

TEST(UnknownFieldsTest, AreRemovedFromAMessageOfAnotherKind) {
  v1::AgentMessage message;
  message.GetReflection()->MutableUnknownFields(&message)->AddVarint(1000, 1);
  DiscardUnknownFields(&message);
  EXPECT_EQ(message.ByteSizeLong(), 0u);
}

}  // namespace
}  // namespace haldane::controller
